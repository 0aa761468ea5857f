//! `renkei device list`: your devices; those of another person, for the administrator.

use clap::Args;
use renkei_proto::v1::{Device, DeviceKind, ListDevicesRequest, auth_service_client::AuthServiceClient};

use crate::{
    command::{Context, resolve},
    error::Result,
    output::{
        json::Json as _,
        table::{Column, Table},
        time,
    },
    text::{Texts, msg},
};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context<'_>) -> Result<()> {
    let connection = context.connection()?;
    let person_id = match &arguments.person {
        Some(person) => resolve::person(&connection, person).await?,
        None => String::new(),
    };
    let answer = connection
        .call(ListDevicesRequest { person_id }, async |channel, request| {
            AuthServiceClient::new(channel).list_devices(request).await
        })
        .await?;
    context.out.list(answer.devices.iter().map(|device| device.json()).collect(), || {
        let texts = context.texts;
        let mut table = Table::new(vec![
            (Column::Whole, texts.get("column-device-id")),
            (Column::Text, texts.get("column-device")),
            (Column::Whole, texts.get("column-enrolled")),
            (Column::Whole, texts.get("column-certificate-until")),
            (Column::Whole, texts.get("column-status")),
        ]);
        for device in &answer.devices {
            table.row([
                device.device_id.clone(),
                device.name.clone(),
                time::local(device.enroll_time.as_ref()),
                until(texts, device),
                status(texts, device),
            ]);
        }
        table.lines(context.out.columns())
    })
}

/// An app has nothing that ends.
fn until(texts: &Texts, device: &Device) -> String {
    match device.kind() {
        DeviceKind::Totp => texts.get("authenticator-totp"),
        _ => time::local(device.certificate_expire_time.as_ref()),
    }
}

fn status(texts: &Texts, device: &Device) -> String {
    match &device.revoke_time {
        Some(time) => texts.format(&msg!("device-revoked-since", time = time::local(Some(time)))),
        None if device.current => texts.get("device-this"),
        None => String::new(),
    }
}
