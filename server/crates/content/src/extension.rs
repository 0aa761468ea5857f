//! What a name says: it decides what a double click runs, whatever the content is.

/// What files of this extension are to the systems that open them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Runs as a program, or installs one.
    Executable,
    /// Is run by an interpreter that comes with the system, or makes it run something.
    Script,
    /// Is opened by a browser, which runs what is in it.
    Markup,
    /// An office file that is made to carry macros.
    Macro,
    /// An office file of the old formats or in rich text, which may carry what its name does not tell.
    Legacy,
    /// Packs other files, in a way that is not looked into here.
    Archive,
    /// Packs other files as ZIP does; their names are looked at.
    Zip,
    /// An office file in a ZIP, made to carry no macros.
    Office,
}

const EXECUTABLE: &str = "exe com scr pif cpl dll sys drv ocx ax efi mui xll wll msi msp mst msu msix msixbundle appx \
    appxbundle appinstaller application gadget jar apk aab xapk ipa deb rpm appimage run elf so dylib bundle class dex \
    wasm xpi crx vsix air pkg mpkg prg vxd 8bf";
const SCRIPT: &str = "bat cmd btm ps1 psm1 psd1 ps1xml psc1 ps2 pssc cdxml vb vbs vbe vbscript js jse mjs cjs wsf wsh \
    ws wsc sct hta lnk url website webloc desktop reg inf ins isp scf msc msh msh1 msh2 mshxml shb shs sh bash zsh csh ksh \
    fish command tool terminal workflow action applescript scpt scptd osx py pyw pyc pyo pyz pyzw pl pm rb php phar php5 \
    phtml tcl lua awk groovy jsp asp aspx cgi ahk au3 a3x chm hlp jnlp settingcontent-ms library-ms search-ms \
    appref-ms searchconnector-ms appcontent-ms theme themepack deskthemepack diagcab rdp iqy oqy rqy slk dqy udl job \
    mobileconfig service ps eps xsl xslt swf xbap";
const MARKUP: &str = "html htm xhtml xht shtml mht mhtml svg svgz";
const MACRO: &str = "docm dotm xlsm xltm xlam xlsb pptm potm ppsm ppam sldm accdb accde accda accdr mdb mde mda mdw adp \
    ade xla xlt wiz vsdm vstm vssm oxt pub";
const LEGACY: &str = "doc dot xls xlw ppt pot pps ppa vsd rtf msg mpp one";
const ARCHIVE: &str = "7z rar r00 gz tgz bz2 tbz tbz2 xz txz lzma zst tzst lz lz4 z tar cab lzh lha ace arj arc zoo iso udf dmg \
    vhd vhdx vmdk qcow2 wim swm esd cpio ar xar sit sitx alz egg uue tnef";
const ZIP: &str = "zip zipx cbz epub";
const OFFICE: &str = "docx dotx xlsx xltx pptx potx ppsx odt ott ods ots odp otp odg otg";

/// What the last extension of `name` says, in whatever case. `name` may be in any encoding that keeps ASCII.
pub(crate) fn kind(name: &[u8]) -> Option<Kind> {
    let extension = extension(name)?;
    [
        (Kind::Executable, EXECUTABLE),
        (Kind::Script, SCRIPT),
        (Kind::Markup, MARKUP),
        (Kind::Macro, MACRO),
        (Kind::Legacy, LEGACY),
        (Kind::Archive, ARCHIVE),
        (Kind::Zip, ZIP),
        (Kind::Office, OFFICE),
    ]
    .into_iter()
    .find(|(_, list)| list.split_ascii_whitespace().any(|known| known == extension))
    .map(|(kind, _)| kind)
}

/// What stands behind the last dot, in small letters, without what Windows drops from the end.
pub(crate) fn extension(name: &[u8]) -> Option<String> {
    let end = name.iter().rposition(|byte| !matches!(byte, b'.' | b' '))?;
    let name = &name[..=end];
    let dot = name.iter().rposition(|byte| *byte == b'.')?;
    Some(std::str::from_utf8(&name[dot + 1..]).ok()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extension_counts_in_any_case() {
        assert_eq!(kind(b"photo.jpg.ExE"), Some(Kind::Executable));
        assert_eq!(kind(b"photo.exe.jpg"), None);
        assert_eq!(kind(b"run.BAT. ."), Some(Kind::Script));
        assert_eq!(kind(b"\x8A\xB3\x8E\xD2.docm"), Some(Kind::Macro));
        for plain in [&b"README"[..], b"", b"...", b"exe", b"a.\xFF"] {
            assert_eq!(kind(plain), None);
        }
    }

    #[test]
    fn an_extension_is_in_one_list() {
        let all: Vec<_> = [EXECUTABLE, SCRIPT, MARKUP, MACRO, LEGACY, ARCHIVE, ZIP, OFFICE]
            .iter()
            .flat_map(|list| list.split_ascii_whitespace())
            .collect();
        for known in &all {
            assert_eq!(all.iter().filter(|other| *other == known).count(), 1, "{known}");
        }
    }
}
