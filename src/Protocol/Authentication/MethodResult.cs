namespace ThrottleNet.Protocol.Authentication;

/// <summary>The result of one method in an Authentication-Results field (RFC 8601, section 2.2).</summary>
/// <param name="Method">Such as spf, dkim or arc.</param>
/// <param name="Result">Such as pass, fail or temperror (RFC 8601, section 2.7).</param>
public sealed record MethodResult(string Method, string Result)
{
    /// <summary>Why the method came to this result, for people; null: not said.</summary>
    public string? Reason { get; init; }

    /// <summary>What was checked: a name such as <c>smtp.mailfrom</c> or <c>header.d</c>, and its value.</summary>
    public IReadOnlyList<(string Name, string Value)> Properties { get; init; } = [];
}
