//! Calls that do nothing, over the same TLS as the real ones.

use std::{
    env,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use renkei_tests::{process, wait};
use tonic::transport::Channel;

use super::proto::{FetchRequest, Payload, limit_service_client::LimitServiceClient};
use crate::{
    client::{Device, Place},
    load,
    world::World,
};

/// The server of calls that do nothing, running until this value is dropped.
pub(crate) struct LimitServer {
    child: Child,
    device: Device,
}

impl LimitServer {
    /// Starts it with the certificates of the region.
    ///
    /// # Errors
    /// If it can not be started.
    pub(crate) fn start(world: &World) -> Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("limit-server").arg("--data-dir").arg(world.server.data_dir());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let lines = process::lines(child.stdout.take().context("its standard output")?);
        let mut device = world.members.first().context("a region without members")?.device.clone();
        device.place = Place { address: String::new(), ..device.place };
        let mut server = Self { child, device };
        server.device.place.address = wait::until("the limit server's address", || match lines.try_recv() {
            Ok(address) => Ok(Some(address)),
            Err(std::sync::mpsc::TryRecvError::Empty) => Ok(None),
            Err(_) => bail!("the limit server ended"),
        })?;
        Ok(server)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// `count` clients, each on a connection of its own that stands already.
    ///
    /// # Errors
    /// If it does not answer.
    pub(crate) async fn clients(&self, count: usize) -> Result<Vec<LimitServiceClient<Channel>>> {
        let mut clients = Vec::with_capacity(count);
        for _ in 0..count {
            let mut client = LimitServiceClient::new(self.device.channel()?);
            client.echo(Payload::default()).await?;
            clients.push(client);
        }
        Ok(clients)
    }

    /// Clients that have `size` bytes sent back.
    ///
    /// # Errors
    /// If it does not answer.
    pub(crate) async fn echoes(&self, count: usize, size: usize) -> Result<Vec<Echo>> {
        let data = Bytes::from(vec![0xa5; size]);
        let clients = self.clients(count).await?;
        Ok(clients.into_iter().map(|client| Echo { client, data: data.clone() }).collect())
    }

    /// Clients that fetch `size` bytes.
    ///
    /// # Errors
    /// If it does not answer.
    pub(crate) async fn fetches(&self, count: usize, size: usize) -> Result<Vec<Fetch>> {
        let size = u32::try_from(size)?;
        Ok(self.clients(count).await?.into_iter().map(|client| Fetch { client, size }).collect())
    }
}

impl Drop for LimitServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client whose bytes are sent back.
pub(crate) struct Echo {
    client: LimitServiceClient<Channel>,
    data: Bytes,
}

impl load::Client for Echo {
    async fn operate(&mut self) -> Result<()> {
        let answer = self.client.echo(Payload { data: self.data.clone() }).await?.into_inner();
        ensure!(answer.data == self.data, "other bytes came back");
        Ok(())
    }
}

/// A client that fetches bytes.
pub(crate) struct Fetch {
    client: LimitServiceClient<Channel>,
    size: u32,
}

impl load::Client for Fetch {
    async fn operate(&mut self) -> Result<()> {
        let answer = self.client.fetch(FetchRequest { size: self.size }).await?.into_inner();
        ensure!(answer.data.len() == self.size as usize, "{} bytes came", answer.data.len());
        Ok(())
    }
}
