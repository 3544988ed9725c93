using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>A session with a next hop has failed; the connection is of no further use.</summary>
internal sealed class NextHopException(NextHopFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>The next hop's reply has ended the session.</summary>
    public NextHopException(NextHopFault fault, SmtpReply reply)
        : this(fault, reply.ToString()) => Reply = reply;

    public NextHopFault Fault { get; } = fault;

    /// <summary>Its last reply, if it sent one.</summary>
    public SmtpReply? Reply { get; }

    /// <summary>The cause, for logs: code and enhanced status without the reply's text, which may name people.</summary>
    public string Reason => Reply is null ? Message : ReasonOf(Reply);

    /// <summary>An answer as it may stand in logs.</summary>
    public static string ReasonOf(SmtpReply reply) => $"it said {reply.Code} {reply.Status}".TrimEnd();
}
