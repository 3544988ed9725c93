namespace ThrottleNet.Protocol.Milter;

/// <summary>A change that a filter asks for at the end of a message. Replaced bodies come in pieces instead: <see cref="MilterReadStatus.BodyPiece"/>.</summary>
public abstract record MilterChange
{
    private MilterChange()
    {
    }

    /// <summary>Adds a header after the last one.</summary>
    /// <param name="Name">Printable ASCII without a colon.</param>
    /// <param name="Value">What follows the colon, lines ended by LF or CRLF, no NUL. Octets that are not UTF-8 are replaced.</param>
    public sealed record AddHeader(string Name, string Value) : MilterChange;

    /// <summary>Inserts a header.</summary>
    /// <param name="Index">How many headers stay before it, the server's own trace header included.</param>
    /// <param name="Name">As in <see cref="AddHeader"/>.</param>
    /// <param name="Value">As in <see cref="AddHeader"/>.</param>
    public sealed record InsertHeader(int Index, string Name, string Value) : MilterChange;

    /// <summary>Changes a header, adds it where there is none with that index, or deletes it.</summary>
    /// <param name="Index">Which of the headers with that name, from 1 on; the server's own trace header is not counted.</param>
    /// <param name="Name">As in <see cref="AddHeader"/>.</param>
    /// <param name="Value">Empty: delete.</param>
    public sealed record ChangeHeader(int Index, string Name, string Value) : MilterChange;

    /// <summary>Adds a recipient.</summary>
    /// <param name="Address">As the filter wrote it, with angle brackets or without; no control characters.</param>
    /// <param name="Arguments">ESMTP parameters; may be empty.</param>
    public sealed record AddRecipient(string Address, string Arguments) : MilterChange;

    /// <summary>Deletes a recipient.</summary>
    /// <param name="Address">As in <see cref="AddRecipient"/>.</param>
    public sealed record DeleteRecipient(string Address) : MilterChange;

    /// <summary>Replaces the reverse-path.</summary>
    /// <param name="Address">As in <see cref="AddRecipient"/>.</param>
    /// <param name="Arguments">ESMTP parameters; may be empty.</param>
    public sealed record ChangeSender(string Address, string Arguments) : MilterChange;

    /// <summary>Holds the message for the operator to look at.</summary>
    /// <param name="Reason">The filter's text, no control characters.</param>
    public sealed record Quarantine(string Reason) : MilterChange;
}
