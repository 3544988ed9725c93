namespace ThrottleNet.TrustList.Statements;

/// <summary>What a statement does to its subject.</summary>
public enum TrustAction : byte
{
    /// <summary>Puts the subject on the list.</summary>
    Enrol,

    /// <summary>Puts it on the list anew: until a later time, or with other particulars. It lifts a suspension.</summary>
    Renew,

    /// <summary>Takes the trust away for now.</summary>
    Suspend,

    /// <summary>Takes the trust away for good.</summary>
    Revoke,

    /// <summary>Lets another key speak for the subject, within bounds.</summary>
    Delegate,
}
