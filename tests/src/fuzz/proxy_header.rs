//! The header of the PROXY protocol at the beginning of a connection.

use proxykit_core::{ProxyHeader, ProxyHeaderVersion};

/// Reads the header.
pub fn run(data: &[u8]) {
    let read = ProxyHeader::read(data);
    let Ok(Some((header, length))) = &read else {
        if read.is_err() {
            // More bytes make nothing good.
            assert!(ProxyHeader::read(&[data, b"\r\n\0\0"].concat()).is_err(), "{data:?}");
        }
        return;
    };
    assert!(*length <= data.len(), "{data:?}");
    // It needs all of its bytes, and no other.
    assert_eq!(ProxyHeader::read(&data[..*length]), read, "{data:?}");
    for end in 0..*length {
        assert_eq!(ProxyHeader::read(&data[..end]), Ok(None), "{end} of {data:?}");
    }
    for version in [ProxyHeaderVersion::V1, ProxyHeaderVersion::V2] {
        let written = header.write(version);
        let again = ProxyHeader::read(&written);
        // Of a client on a unix socket there is nothing to pass on.
        let passed_on = if *header == ProxyHeader::Unix { ProxyHeader::Nobody } else { *header };
        assert_eq!(again, Ok(Some((passed_on, written.len()))), "{written:?}");
    }
}
