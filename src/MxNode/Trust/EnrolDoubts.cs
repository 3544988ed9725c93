using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Smtp;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.MxNode.Trust;

/// <summary>Finds what an admin probably did not mean when they enrol a subject. It is signed only after the admin has confirmed it.</summary>
internal static class EnrolDoubts
{
    // A wider network seldom belongs to one sender: a site is the widest block that one operator's servers usually share.
    private const int LongestWideV4 = 23;
    private const int LongestWideV6 = 47;

    private static readonly IPNetwork[] Private =
    [
        IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"),
        IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("224.0.0.0/3"), IPNetwork.Parse("::/127"), IPNetwork.Parse("fc00::/7"),
        IPNetwork.Parse("fe80::/10"), IPNetwork.Parse("ff00::/8"),
    ];

    /// <summary>The doubts, one sentence each; empty if there are none.</summary>
    /// <param name="subject">Who is to be trusted.</param>
    /// <param name="contact">How to reach them.</param>
    /// <param name="rate">Recipients an hour; null: without limit.</param>
    public static IReadOnlyList<string> Find(TrustSubject subject, string contact, int? rate)
    {
        var doubts = new List<string>();
        if (subject.Network is { } network)
        {
            if (Array.Exists(Private, range => range.Contains(network.BaseAddress)))
            {
                doubts.Add($"{subject} is a private or reserved range: no mail server of the internet sends from it, and every site has hosts of its own there");
            }

            var isV4 = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
            if (network.PrefixLength <= (isV4 ? LongestWideV4 : LongestWideV6))
            {
                doubts.Add($"{subject} holds {Size(network, isV4)}, and all of them would be trusted{(rate is null ? " without limit: give a --rate" : "")}");
            }
        }

        if (!IsReachable(contact))
        {
            doubts.Add($"the contact \"{contact}\" is neither a mail address nor a URL, so nobody could report abuse to it");
        }

        return doubts;
    }

    private static string Size(IPNetwork network, bool isV4) => isV4
        ? string.Create(CultureInfo.InvariantCulture, $"{1L << (32 - network.PrefixLength)} addresses")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Pow(2, 64 - Math.Min(64, network.PrefixLength)):0} subnets (/64)");

    private static bool IsReachable(string contact) =>
        (Uri.TryCreate(contact, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Contains('.', StringComparison.Ordinal))
        || (EnvelopeParser.TryParseRcpt($"TO:<{contact}>", smtpUtf8: true, out var address, out _) && HostNames.IsCanonical(address.ForwardPath.Domain) && address.ForwardPath.Domain.Contains('.', StringComparison.Ordinal));
}
