using System.Collections.Frozen;

namespace ThrottleNet.TrustList.Statements;

/// <summary>The words that stand for actions and kinds in statements, commands and exports.</summary>
public static class Words
{
    private static readonly string[] Actions = ["enrol", "renew", "suspend", "revoke", "delegate"];

    private static readonly FrozenDictionary<TrustKind, string> Kinds = new Dictionary<TrustKind, string>
    {
        [TrustKind.ListHost] = "list-host",
        [TrustKind.Site] = "site",
        [TrustKind.IspSmarthost] = "isp-smarthost",
        [TrustKind.Relay] = "relay",
    }.ToFrozenDictionary();

    /// <summary>Every kind's word, for help and for messages.</summary>
    public static IReadOnlyList<string> AllKinds { get; } = [.. Kinds.OrderBy(pair => pair.Key).Select(pair => pair.Value)];

    public static string Of(TrustAction action) => Actions[(int)action];

    public static string Of(TrustKind kind) => Kinds[kind];

    public static bool TryParse(ReadOnlySpan<char> word, out TrustAction action)
    {
        for (var i = 0; i < Actions.Length; i++)
        {
            if (word.SequenceEqual(Actions[i]))
            {
                action = (TrustAction)i;
                return true;
            }
        }

        action = default;
        return false;
    }

    public static bool TryParse(ReadOnlySpan<char> word, out TrustKind kind)
    {
        foreach (var (key, value) in Kinds)
        {
            if (word.SequenceEqual(value))
            {
                kind = key;
                return true;
            }
        }

        kind = default;
        return false;
    }
}
