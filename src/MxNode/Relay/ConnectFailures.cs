using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>
/// Why none of the hosts gave a session. The answer is permanent only if every host refuses the mail for good: as long as one may take
/// it later, the sender is to try again.
/// </summary>
internal sealed class ConnectFailures
{
    private SmtpReply? _permanent;
    private SmtpReply? _transient;

    /// <summary>The answer for a host that may give a session later; null if there is none.</summary>
    public SmtpReply? Transient => _transient;

    public void Add(MxHost host, HopLookup lookup)
    {
        switch (lookup)
        {
            case HopLookup.Forbidden:
                _permanent = RelayReplies.Forbidden(host.Name);
                break;
            case HopLookup.NoAddress:
                _transient = RelayReplies.NoAddress(host.Name);
                break;
            case HopLookup.DnsFailure:
                _transient = RelayReplies.DnsFailure(host.Name);
                break;
        }
    }

    public void Add(string nextHop, NextHopException failure)
    {
        var reply = RelayReplies.From(nextHop, failure);
        if (reply.IsPermanent)
        {
            _permanent = reply;
        }
        else
        {
            _transient = reply;
        }
    }

    public void AddBusy(string nextHop) => _transient = RelayReplies.Busy(nextHop);

    public void AddTimeout(MxHost first) =>
        _transient ??= RelayReplies.From(first.Name, new NextHopException(NextHopFault.TimedOut, "no session in time"));

    /// <summary>The answer for the client.</summary>
    public SmtpReply ToReply() => _transient ?? _permanent ?? throw new InvalidOperationException("Nothing has failed");
}
