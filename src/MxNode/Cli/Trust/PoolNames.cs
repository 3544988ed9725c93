using System.Net;
using System.Text.RegularExpressions;
using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>Recognises host names that providers give to pools of customers.</summary>
internal static partial class PoolNames
{
    /// <summary>Whether a name looks like one of a pool: it holds a word such as "dynamic", or the digits of its own address.</summary>
    public static bool IsPoolLike(string name, IPAddress address)
    {
        if (Word().IsMatch(name))
        {
            return true;
        }

        // The last two octets in either order, or all four in hexadecimal, as many DSL providers write them.
        var octets = address.GetAddressBytes();
        var numbers = Digits().Matches(name).Select(match => match.Value.TrimStart('0')).ToList();
        return octets.Length == 4
            && ((numbers.Contains($"{octets[2]}") && numbers.Contains($"{octets[3]}"))
                || name.Contains(Convert.ToHexStringLower(octets), StringComparison.Ordinal));
    }

    [GeneratedRegex(@"(^|[^a-z])(dyn|dynamic|dynip|pool|dsl|adsl|vdsl|xdsl|dhcp|ppp|pppoe|dial|dialup|dialin|cable|broadband|ftth|fttx|client|cust|customer|cpe|user|res|mobile|wifi|nat|unassigned|ip)([^a-z]|$)")]
    private static partial Regex Word();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
