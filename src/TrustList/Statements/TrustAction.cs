namespace ThrottleNet.TrustList.Statements;

/// <summary>The effect of a statement on its subject.</summary>
public enum TrustAction : byte
{
    /// <summary>Puts the subject on the list.</summary>
    Enrol,

    /// <summary>Puts the subject on the list again, with a later expiry or other particulars. It lifts a suspension.</summary>
    Renew,

    /// <summary>Takes the trust away for now.</summary>
    Suspend,

    /// <summary>Takes the trust away for good.</summary>
    Revoke,

    /// <summary>Gives another key authority over the subject, within limits.</summary>
    Delegate,
}
