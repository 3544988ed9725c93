using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Spool;

/// <summary>A recipient as it is stored.</summary>
/// <param name="Local">The local-part, without quotes.</param>
/// <param name="Domain">The domain in canonical form.</param>
internal sealed record QueuedRecipient(string Local, string Domain)
{
    public bool IsLoose { get; init; }

    /// <inheritdoc cref="RcptCommand.Notify"/>
    public string? Notify { get; init; }

    /// <inheritdoc cref="RcptCommand.OriginalRecipient"/>
    public string? OriginalRecipient { get; init; }

    public static QueuedRecipient Of(RcptCommand command) => new(command.ForwardPath.LocalPart, command.ForwardPath.Domain)
    {
        IsLoose = command.ForwardPath.IsLoose,
        Notify = command.Notify,
        OriginalRecipient = command.OriginalRecipient,
    };

    public Mailbox ToMailbox() => new(Local, Domain) { IsLoose = IsLoose };

    public RcptCommand ToCommand() => new(ToMailbox()) { Notify = Notify, OriginalRecipient = OriginalRecipient };
}
