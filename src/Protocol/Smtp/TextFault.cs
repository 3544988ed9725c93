namespace ThrottleNet.Protocol.Smtp;

/// <summary>Why a message's text cannot be taken.</summary>
public enum TextFault
{
    None,

    /// <summary>CR without LF after it, where that is refused.</summary>
    BareCr,

    /// <summary>LF without CR before it, where that is refused.</summary>
    BareLf,

    /// <summary>More content than allowed.</summary>
    TooBig,
}
