using ThrottleNet.Protocol.Authentication;

namespace ThrottleNet.MxNode.Relay.Authentication;

/// <summary>The results of the checks of one message in short, for the session's log line.</summary>
/// <param name="Spf">The result of SPF.</param>
/// <param name="Dkim">pass if any signature passed, else the result of the first one; none without a signature.</param>
internal sealed record AuthenticationVerdict(string Spf, string Dkim)
{
    public static AuthenticationVerdict Of(IReadOnlyList<MethodResult> results)
    {
        var dkim = results.Where(r => r.Method == DkimCheck.Method).Select(r => r.Result).ToList();
        return new AuthenticationVerdict(
            results.First(r => r.Method == SpfMethod.Name).Result, dkim.Contains("pass") ? "pass" : dkim.Count > 0 ? dkim[0] : "none");
    }
}
