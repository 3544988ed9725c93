using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace ThrottleNet.MxNode.Pki;

/// <summary>
/// The addresses that a node's mail leaves from, in its certificate: alternative names of the type URI (RFC 5280, section 4.2.1.6),
/// <c>egress://192.0.2.1</c> or <c>egress://[2001:db8::1]</c>. The certificate's IP addresses are those that others reach the node by.
/// </summary>
internal static class EgressNames
{
    private const string Start = "egress://";

    private static readonly Asn1Tag UriTag = new(TagClass.ContextSpecific, 6);

    public static string Of(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"{Start}[{address}]" : $"{Start}{address}";

    /// <summary>Whether an alternative name is such a URI.</summary>
    public static bool IsEgress(string name) => name.StartsWith(Start, StringComparison.Ordinal);

    /// <summary>The addresses in an extension; other URIs are skipped.</summary>
    /// <exception cref="AsnContentException">The extension is not well formed.</exception>
    public static IEnumerable<IPAddress> In(X509SubjectAlternativeNameExtension extension)
    {
        var names = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            if (!names.PeekTag().HasSameClassAndValue(UriTag))
            {
                names.ReadEncodedValue();
            }
            else if (names.ReadCharacterString(UniversalTagNumber.IA5String, UriTag) is var uri && IsEgress(uri) && IPAddress.TryParse(uri[Start.Length..].TrimEnd('/').Trim('[', ']'), out var address))
            {
                yield return address;
            }
        }
    }
}
