using System.Net;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Relay.Wire;

namespace ThrottleNet.MxNode.Egress;

/// <summary>What this node tells its neighbours about its mail, as it is now.</summary>
internal sealed class OwnNote(PeerNotes notes, NameRefusals refusals)
{
    /// <param name="seenFrom">Where the peer's call came from; null: this node called.</param>
    public RelayNote For(IPAddress? seenFrom) => NoteWire.Write(notes.OwnSources, seenFrom, notes.OwnLeftName, refusals.Report());
}
