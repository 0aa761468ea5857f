//! A drawing as SVG: one file that loads and runs nothing. Its texts stay texts; they are shown in the client's font
//! where that is installed, else in a font of the reader's, and keep their places and widths.

use std::fmt::Write as _;

use crate::drawing::{Colour, Drawing, Pattern, Point, Shape, Text, font::Fonts};

/// The whole file.
pub(crate) fn text(drawing: &Drawing, fonts: &Fonts) -> String {
    let (width, height) = (number(drawing.width), number(drawing.height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FAMILY}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for shape in &drawing.shapes {
        write(&mut svg, shape, fonts);
    }
    svg.push_str("</svg>\n");
    svg
}

fn write(svg: &mut String, shape: &Shape, fonts: &Fonts) {
    // Writing into a string does not fail.
    let _ = match shape {
        Shape::Text(text) => writeln!(svg, "{}", written(text, fonts)),
        Shape::Path { points, width, colour, pattern } => writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"{}/>",
            places(points),
            hex(*colour),
            number(*width),
            dashes(*pattern),
        ),
        Shape::Area { points, fill, edge } => writeln!(
            svg,
            "<polygon points=\"{}\" fill=\"{}\" stroke=\"{}\" stroke-width=\"0.75\"/>",
            places(points),
            hex(*fill),
            hex(*edge),
        ),
    };
}

fn dashes(pattern: Pattern) -> String {
    let lengths: Vec<String> = pattern.lengths().iter().map(|length| number(*length)).collect();
    if lengths.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{}\"", lengths.join(" ")) }
}

fn written(text: &Text, fonts: &Fonts) -> String {
    let bold = if text.bold { " font-weight=\"bold\"" } else { "" };
    format!(
        "<text x=\"{}\" y=\"{}\" font-size=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" \
         fill=\"{}\"{bold} xml:space=\"preserve\">{}</text>",
        number(text.at.0),
        number(text.at.1),
        number(text.size),
        number(fonts.width(&text.text, text.size)),
        hex(text.colour),
        escaped(&text.text),
    )
}

fn places(points: &[Point]) -> String {
    let places: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
    places.join(" ")
}

/// To a hundredth of a point.
fn number(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn hex(Colour(red, green, blue): Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const FAMILY: &str = "'BIZ UDGothic', 'Hiragino Sans', 'Noto Sans CJK JP', 'Noto Sans JP', monospace";
