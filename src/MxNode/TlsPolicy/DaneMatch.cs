using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>Why a server's certificate satisfies its TLSA records.</summary>
/// <param name="Record">The record that it matches.</param>
/// <param name="Name">The reference identifier that the certificate has; null for DANE-EE, where names do not count.</param>
internal sealed record DaneMatch(TlsaRecord Record, string? Name)
{
    /// <summary>Whether this match also satisfies other records and names, such as those of a later lookup.</summary>
    public bool Satisfies(DaneAnswer dane, IReadOnlyCollection<string> names) =>
        (Name is null || names.Contains(Name))
        && dane.Records.Any(record => record.Usage == Record.Usage && record.Selector == Record.Selector && record.Matching == Record.Matching
            && record.Data.AsSpan().SequenceEqual(Record.Data.AsSpan()));
}
