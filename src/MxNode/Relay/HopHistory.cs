using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>What was learned of next hops, kept, logged and counted.</summary>
internal sealed class HopHistory(HopMemory memory, NameRefusals names, NodeMetrics metrics, TimeProvider clock, ILogger<HopHistory> logger)
{
    // A zone's owner has names of mail exchangers without end. A registered name has one line in an interval.
    private readonly LogLimiter<string> _broken = new(TimeSpan.FromHours(1), clock);

    /// <summary>What they failed at lately.</summary>
    public HopMemory Memory => memory;

    /// <summary>Which of them refuse this relay.</summary>
    public NameRefusals Names => names;

    public void SessionOpened(NextHopSession session) => RelayLog.SessionOpened(logger, session.Name);

    /// <summary>No session was had with it.</summary>
    public void NoSession(HopTarget target, NextHopException failure)
    {
        RelayLog.NoSession(logger, target.Name, failure.Reason);
        if (failure.Fault is NextHopFault.TlsMissing or NextHopFault.TlsUntrusted or NextHopFault.PolicyUnknown && _broken.Count(RegisteredName.Of(target.Host.Name)) is { } times)
        {
            RelayLog.PolicyBroken(logger, target.Name, failure.Reason, times);
        }
    }

    /// <summary>A transaction has a session, or has none because of a policy.</summary>
    public void TlsReached(TlsReport report) => metrics.RelayTls(report.Demanded, report.Reached);

    /// <summary>It takes so many sessions and no more.</summary>
    public void Limited(string nextHop, int sessions) => RelayLog.SessionsLimited(logger, nextHop, sessions);

    /// <summary>It offers CHUNKING and does not know BDAT.</summary>
    public void ChunkingFailed(NextHopSession session, NextHopException failure)
    {
        memory.NoteChunkingFailure(session.EndPoint);
        RelayLog.ChunkingFailed(logger, session.Name, failure.Reason);
    }

    /// <summary>A kept session was of no use any more.</summary>
    public void Stale(string nextHop, string reason) => RelayLog.StaleReplaced(logger, nextHop, reason);

    /// <summary>It offers TLS and fails at it, and no policy demands TLS.</summary>
    public void TlsFailed(HopTarget target, NextHopException failure)
    {
        memory.NoteTlsFailure(target.EndPoint);
        RelayLog.TlsFailed(logger, target.Name, failure.Reason);
    }

    /// <summary>It, or somebody between, sent plaintext behind its answer to STARTTLS.</summary>
    public void PlaintextInjected(string nextHop) => RelayLog.PlaintextInjected(logger, nextHop);

    /// <summary>A session is on TLS.</summary>
    public void TlsStarted(NextHopSession session)
    {
        var tls = session.Tls!;
        if (tls.Dane is null && tls.CertificateProblem is { } problem)
        {
            RelayLog.TlsUnverified(logger, session.Name, tls.Protocol, tls.CipherSuite, problem);
        }
        else
        {
            RelayLog.TlsVerified(logger, session.Name, tls.Protocol, tls.CipherSuite, tls.Word);
        }
    }

    /// <summary>A session breaks a policy in mode testing, which demands nothing yet.</summary>
    public void TestedPolicy(NextHopSession session, TlsDemand demand)
    {
        if ((demand.TestedFault ?? (session.Tls is null ? "it has no TLS" : session.Tls.CertificateProblem)) is { } fault && _broken.Count(RegisteredName.Of(session.Host.Name)) is not null)
        {
            RelayLog.TestedPolicyBroken(logger, session.Name, fault);
        }
    }

    /// <summary>It offers XCLIENT and refuses it.</summary>
    public void XclientRefused(NextHopSession session, string reason) => RelayLog.XclientRefused(logger, session.Name, reason);
}
