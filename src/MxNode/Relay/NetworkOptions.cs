using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Relay;

/// <summary>Section <c>Network</c>: how the magic names of all networks, and of ours, are recognised.</summary>
internal sealed record NetworkOptions
{
    /// <summary>A host name with this label (any case) is a magic MX: it is never a destination.</summary>
    public string MagicLabel { get; init; } = "throttle-mx";

    /// <summary>A magic MX that is one of these names, or ends in one at a label boundary, is ours; canonical host names.</summary>
    public IReadOnlyList<string> Names { get; init; } = ["throttle-mx.test"];

    /// <summary>One line for each error: its key, what is there, what would be right.</summary>
    public IEnumerable<string> Validate(string section)
    {
        if (!HostNames.IsCanonical(MagicLabel) || MagicLabel.Contains('.'))
        {
            yield return $"{section}:MagicLabel: '{MagicLabel}' is not one lower-case label of a host name; set it to one, such as throttle-mx";
        }

        for (var i = 0; i < Names.Count; i++)
        {
            if (!HostNames.IsCanonical(Names[i]))
            {
                yield return $"{section}:Names:{i}: '{Names[i]}' is not a lower-case ASCII host name without a dot at its end; set it to one";
            }
            else if (!MagicLabel.Contains('.') && !Names[i].Split('.').Contains(MagicLabel))
            {
                yield return $"{section}:Names:{i}: '{Names[i]}' has no label {MagicLabel}, so nodes of other networks would take it for a mail server; set it to one such as {MagicLabel}.{Names[i]}, or set MagicLabel";
            }
        }
    }
}
