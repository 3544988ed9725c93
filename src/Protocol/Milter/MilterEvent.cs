namespace ThrottleNet.Protocol.Milter;

/// <summary>What the mail server reports to a filter; the value is the command's octet (libmilter, SMFIC_*).</summary>
public enum MilterEvent : byte
{
    Abort = (byte)'A',
    Body = (byte)'B',
    Connect = (byte)'C',
    Macros = (byte)'D',
    EndOfMessage = (byte)'E',
    Helo = (byte)'H',
    QuitNewConnection = (byte)'K',
    Header = (byte)'L',
    Mail = (byte)'M',
    EndOfHeaders = (byte)'N',
    Negotiate = (byte)'O',
    Quit = (byte)'Q',
    Recipient = (byte)'R',
    Data = (byte)'T',
    Unknown = (byte)'U',
}
