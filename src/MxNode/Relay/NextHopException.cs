using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay;

/// <summary>A session with a next hop has come to its end before its time; the connection is of no further use.</summary>
internal sealed class NextHopException(NextHopFault fault, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>A session ended by an answer of the next hop's.</summary>
    public NextHopException(NextHopFault fault, SmtpReply reply)
        : this(fault, reply.ToString()) => Reply = reply;

    public NextHopFault Fault { get; } = fault;

    /// <summary>Its last words, if it said any.</summary>
    public SmtpReply? Reply { get; }

    /// <summary>For logs: what it said may name people, so only its code stands there.</summary>
    public string Reason => Reply is null ? Message : ReasonOf(Reply);

    /// <summary>An answer as it may stand in logs.</summary>
    public static string ReasonOf(SmtpReply reply) => $"it said {reply.Code} {reply.Status}".TrimEnd();
}
