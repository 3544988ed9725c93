namespace ThrottleNet.Counting;

/// <summary>Why. One mapper turns a reason into an SMTP reply.</summary>
public enum VerdictReason
{
    /// <summary>The trust list names the host.</summary>
    Trusted,

    /// <summary>As much as a person sends.</summary>
    PersonRate,

    OverSoftLimit,
    OverHardLimit,
    OverDayLimit,

    /// <summary>Twice the hard limit or more, seen by this node itself or corroborated.</summary>
    FarOverLimit,

    /// <summary>Many of the host's recipients do not exist.</summary>
    GuessingRecipients,

    /// <summary>Newcomers in the host's site or region send more than their limit, and this attempt was not drawn.</summary>
    ManyNewcomers,

    /// <summary>Content filters refused many of the host's messages.</summary>
    RefusedContent,
}
