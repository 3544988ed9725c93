using System.Net;

namespace ThrottleNet.MxNode.Admin;

/// <summary>Section <c>Admin</c>: the dashboard, health and the API that the commands ask.</summary>
internal sealed record AdminOptions
{
    // The least length of a token: that many random characters cannot be guessed.
    private const int MinTokenLength = 32;

    /// <summary>The address of the admin endpoint; null: none.</summary>
    public IPEndPoint? Listen { get; init; } = new(IPAddress.Loopback, 8025);

    /// <summary>The address where the API is served by gRPC (HTTP/2 without TLS); null: none.</summary>
    public IPEndPoint? GrpcListen { get; init; }

    /// <summary>A file with the token that API calls must carry as a bearer token (RFC 6750); null for none, allowed on loopback only.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Names, beside the node's own and localhost, by which the dashboard is reached. A request with another name is refused.</summary>
    public IReadOnlyList<string> HostNames { get; init; } = [];

    /// <summary>The key by which an admin of the trusted list signs from the dashboard; null: the dashboard shows the commands that do.</summary>
    public string? TrustKeyFile { get; init; }

    public IEnumerable<string> Validate(string section)
    {
        if (TokenFile is not null && WrongWith(TokenFile) is { } wrong)
        {
            yield return $"{section}:TokenFile: {TokenFile} {wrong}; make it with: head -c 32 /dev/urandom | base64 > {TokenFile}; chmod 600 {TokenFile}";
        }

        if (TrustKeyFile is not null && TokenFile is null)
        {
            yield return $"{section}:TrustKeyFile: is set, and the dashboard has no login; set TokenFile too, or take TrustKeyFile out";
        }
        else if (TrustKeyFile is not null && !File.Exists(TrustKeyFile))
        {
            yield return $"{section}:TrustKeyFile: {TrustKeyFile} does not exist; make it with: trust key new";
        }

        foreach (var (key, listen) in new[] { (nameof(Listen), Listen), (nameof(GrpcListen), GrpcListen) })
        {
            if (TokenFile is null && listen is not null && !IPAddress.IsLoopback(listen.Address))
            {
                yield return $"{section}:{key}: {listen} can be reached from other machines; listen on 127.0.0.1, or set TokenFile";
            }
        }
    }

    private static string? WrongWith(string tokenFile)
    {
        try
        {
            var token = File.ReadAllText(tokenFile).Trim();
            return token switch
            {
                "" => "is empty",
                { Length: < MinTokenLength } => $"holds fewer than {MinTokenLength} characters, which can be guessed",
                _ when (File.GetUnixFileMode(tokenFile) & UnixFileMode.OtherRead) != 0 => "can be read by every user",
                _ => null,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return File.Exists(tokenFile) || Directory.Exists(tokenFile) ? "cannot be read" : "does not exist";
        }
    }
}
