namespace ThrottleNet.Protocol.Milter;

/// <summary>The parts of the protocol that a filter may leave out or change (libmilter, SMFIP_*).</summary>
[Flags]
public enum MilterSteps : uint
{
    None = 0,
    NoConnect = 0x1,
    NoHelo = 0x2,
    NoMail = 0x4,
    NoRecipient = 0x8,
    NoBody = 0x10,
    NoHeaders = 0x20,
    NoEndOfHeaders = 0x40,
    NoReplyHeaders = 0x80,
    NoUnknown = 0x100,
    NoData = 0x200,

    /// <summary>The filter may answer "skip": no more events of this kind in this message.</summary>
    Skip = 0x400,

    /// <summary>The filter wants refused recipients, too. Not offered: the destination answers a recipient after the filters.</summary>
    RefusedRecipients = 0x800,
    NoReplyConnect = 0x1000,
    NoReplyHelo = 0x2000,
    NoReplyMail = 0x4000,
    NoReplyRecipient = 0x8000,
    NoReplyData = 0x1_0000,
    NoReplyUnknown = 0x2_0000,
    NoReplyEndOfHeaders = 0x4_0000,
    NoReplyBody = 0x8_0000,

    /// <summary>Header values keep the blank after the colon, in both directions.</summary>
    LeadingSpace = 0x10_0000,

    /// <summary>All that version 6 knows but <see cref="RefusedRecipients"/>.</summary>
    Offered = 0x1F_FFFF & ~RefusedRecipients,
}
