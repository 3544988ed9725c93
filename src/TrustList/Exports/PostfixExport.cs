namespace ThrottleNet.TrustList.Exports;

/// <summary>A Postfix cidr table (cidr_table(5)) for postscreen_access_list and check_client_access: both take permit.</summary>
internal static class PostfixExport
{
    public static void Write(TrustIndex list, TextWriter output)
    {
        output.Write("# Written by ThrottleNet. main.cf: postscreen_access_list = permit_mynetworks, cidr:THIS-FILE\n");
        foreach (var (network, _) in list.Disjoint())
        {
            output.Write($"{network} permit\n");
        }
    }
}
