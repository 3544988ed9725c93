namespace ThrottleNet.TrustList.Exports;

/// <summary>A pattern file for a HAProxy acl: <c>acl trusted src -f THIS-FILE</c>.</summary>
internal static class HaproxyExport
{
    public static void Write(TrustIndex list, TextWriter output)
    {
        output.Write("# Written by ThrottleNet. acl trusted src -f THIS-FILE\n");
        foreach (var (network, _) in list.Disjoint())
        {
            output.Write($"{network}\n");
        }
    }
}
