using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>A message after the check of its sender.</summary>
/// <param name="Message">As it goes to a next hop that does not know the client.</param>
internal readonly record struct CheckedMessage(OutgoingMessage Message)
{
    /// <summary>The results of the checks in short; null if the sender was not checked.</summary>
    public AuthenticationVerdict? Verdict { get; init; }

    /// <summary>The message cannot go there, and this is the reply; null if it can.</summary>
    public SmtpReply? Refusal { get; init; }
}
