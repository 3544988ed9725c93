using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>Section <c>Relay:Arc</c>: the key that seals messages with <c>Relay:Authentication</c> = Arc.</summary>
internal sealed record ArcOptions
{
    /// <summary>The domain that seals (tag d): one whose DNS the operator can edit. Destinations trust the seals of this domain.</summary>
    public string? Domain { get; init; }

    /// <summary>The selector of the key (tag s): the DNS has the public key at <c>SELECTOR._domainkey.DOMAIN</c>.</summary>
    public string Selector { get; init; } = "arc";

    /// <summary>A PEM file with the private RSA key; only its owner may read it. <c>pki arc</c> makes one.</summary>
    public string? Key { get; init; }

    /// <summary>One line for each error.</summary>
    /// <param name="section">The key of this section.</param>
    /// <param name="isUsed">Whether messages are sealed.</param>
    public IEnumerable<string> Validate(string section, bool isUsed)
    {
        if (Domain is { } domain && !HostNames.IsCanonical(domain))
        {
            yield return $"{section}:{nameof(Domain)}: '{domain}' is not a lower-case ASCII domain without a dot at its end; set it to one such as relay.example.net";
        }

        if (!HostNames.IsCanonical(Selector))
        {
            yield return $"{section}:{nameof(Selector)}: '{Selector}' is not lower-case letters, digits and hyphens; set it to one label such as arc or arc2026";
        }

        if (isUsed && Domain is null)
        {
            yield return $"{section}:{nameof(Domain)}: is missing; Relay:Authentication = Arc needs the domain that seals, so name the one for which 'pki arc' has made the key";
        }

        if (isUsed && Key is null)
        {
            yield return $"{section}:{nameof(Key)}: is missing; Relay:Authentication = Arc needs a key, so name the PEM file that 'pki arc' has made";
        }

        if (isUsed && Key is { } file && ArcKey.WhatIsWrong(file) is { } fault)
        {
            yield return $"{section}:{nameof(Key)}: {file} {fault}";
        }
    }
}
