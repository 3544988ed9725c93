using System.Globalization;
using System.Text.Json;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Exports;

/// <summary>A JSON array, one object a line: network, subject, kind, organisation, ratePerHour and expires (or null), author.</summary>
internal static class JsonExport
{
    public static void Write(TrustIndex list, TextWriter output)
    {
        var separator = "[\n";
        foreach (var (network, entry) in list.Disjoint())
        {
            output.Write(separator);
            output.Write(JsonSerializer.Serialize(new
            {
                network = network.ToString(),
                subject = entry.Subject,
                kind = Words.Of(entry.Kind),
                organisation = entry.Organisation,
                ratePerHour = entry.RatePerHour,
                expires = entry.Expires?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                author = entry.Author,
            }));
            separator = ",\n";
        }

        output.Write(separator == "[\n" ? "[]\n" : "\n]\n");
    }
}
