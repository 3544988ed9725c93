namespace ThrottleNet.TrustList.Exports;

/// <summary>One network a line, nothing else.</summary>
internal static class TextExport
{
    public static void Write(TrustIndex list, TextWriter output)
    {
        foreach (var (network, _) in list.Disjoint())
        {
            output.Write($"{network}\n");
        }
    }
}
