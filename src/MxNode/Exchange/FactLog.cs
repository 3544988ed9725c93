using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.Exchange;

namespace ThrottleNet.MxNode.Exchange;

/// <summary>Logs the facts that the core reports. A refusal is logged once in a while for each peer and reason.</summary>
internal sealed class FactLog(NodeLinks links, RefusalLog refusals, ExchangeLog log, TimeProvider time)
{
    // A peer may join and leave without end.
    private readonly LogLimiter<(string Peer, ExchangeFact Kind)> _moves = new(TimeSpan.FromMinutes(1), time, lines: 10);

    public void Note(Fact fact)
    {
        var about = links.NameOf(fact.About) ?? fact.About.ToString();
        switch (fact.Kind)
        {
            case ExchangeFact.PeerJoined when _moves.Count((about, fact.Kind)) is not null:
                log.PeerJoined(about, fact.Detail);
                break;
            case ExchangeFact.PeerLeft when _moves.Count((about, fact.Kind)) is not null:
                log.PeerLeft(about, fact.Detail);
                break;
            case ExchangeFact.PeerRefused:
                refusals.Note(about, fact.Detail);
                break;
            case ExchangeFact.BadSignature:
            case ExchangeFact.BadBody:
            case ExchangeFact.OriginOverBudget:
                refusals.Note(about, fact.Kind.ToString());
                break;
            case ExchangeFact.OldEpoch:
                refusals.Note(about, "OldEpoch: its batches are of an earlier epoch than one that was seen before");
                break;
            case ExchangeFact.UnknownOrigin:
                // A peer can invent origins, and a line for each would fill the log; so the line names the peer.
                refusals.Note(links.NameOf(fact.About) ?? "of batches", "UnknownOrigin: no valid certificate for it is known");
                log.Fact(fact.Kind.ToString(), about, fact.Detail);
                break;
            case ExchangeFact.ClockDiffers:
                refusals.NoteClock(about, fact.Detail);
                break;
            default:
                log.Fact(fact.Kind.ToString(), about, fact.Detail);
                break;
        }
    }
}
