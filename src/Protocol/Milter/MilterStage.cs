namespace ThrottleNet.Protocol.Milter;

/// <summary>The stages that have macros of their own; the value is the list's number in the negotiation (libmilter, SMFIM_*).</summary>
public enum MilterStage
{
    Connect = 0,
    Helo = 1,
    Mail = 2,
    Recipient = 3,
    Data = 4,
    EndOfMessage = 5,
    EndOfHeaders = 6,
}
