namespace ThrottleNet.Protocol.Milter;

/// <summary>The changes of a message that a filter may ask for (libmilter, SMFIF_*). The mail server offers them, the filter takes those it needs.</summary>
[Flags]
public enum MilterActions : uint
{
    None = 0,
    AddHeaders = 0x1,
    ReplaceBody = 0x2,
    AddRecipients = 0x4,
    DeleteRecipients = 0x8,
    ChangeHeaders = 0x10,
    Quarantine = 0x20,
    ChangeSender = 0x40,
    AddRecipientsWithArguments = 0x80,
    SetMacroLists = 0x100,

    /// <summary>All that version 6 knows. A filter built on libmilter refuses to work with a server that offers less than it asks for.</summary>
    All = 0x1FF,
}
