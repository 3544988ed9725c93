using ThrottleNet.MxNode.Trust;

namespace ThrottleNet.MxNode.Cli.Trust;

/// <summary>Asks an admin on the terminal about what <see cref="EnrolDoubts"/> found.</summary>
internal static class EnrolQuestion
{
    /// <summary>Asks the admin on a terminal whether to sign all the same.</summary>
    /// <exception cref="TrustRefusalException">They do not want it, or there is no terminal.</exception>
    public static void Settle(IReadOnlyList<string> doubts)
    {
        if (doubts.Count == 0)
        {
            return;
        }

        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            throw new TrustRefusalException($"{string.Join("; ", doubts)}; add --yes if that is meant");
        }

        Console.WriteLine(string.Join(Environment.NewLine, doubts));
        Console.Write("Sign all the same? [y/N] ");
        if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new TrustRefusalException("nothing was signed");
        }
    }
}
