using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.Protocol.MtaSts;

namespace ThrottleNet.MxNode.TlsPolicy;

/// <summary>
/// Fetches policies by HTTPS (RFC 8461, section 3.3): the certificate must be valid, redirects are not followed, and time and length are bounded.
/// </summary>
/// <param name="handler">Makes the connections; <see cref="CreateHandler"/>.</param>
/// <param name="time">Measures <see cref="Timeout"/>.</param>
internal sealed class MtaStsFetcher(HttpMessageHandler handler, TimeProvider time) : IDisposable
{
    /// <summary>How long a fetch may take.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private const string MediaType = "text/plain";

    // Characters of a fault.
    private const int MaxFault = 200;

    private readonly HttpClient _client = new(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };

    /// <summary>Where a domain's policy is.</summary>
    public static string AddressOf(string domain) => $"https://mta-sts.{domain}/.well-known/mta-sts.txt";

    /// <summary>Connects by this node's resolver, to addresses that may be called.</summary>
    /// <param name="dns">Finds the addresses.</param>
    /// <param name="mayCall">Which addresses may be called: a zone's owner must not make this node connect to its operator's network.</param>
    /// <param name="descriptors">Has one for each socket.</param>
    /// <param name="anchors">The authorities that the certificates must lead to.</param>
    public static SocketsHttpHandler CreateHandler(IDnsResolver dns, Func<IPAddress, bool> mayCall, DescriptorBudget descriptors, TrustAnchors anchors) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        MaxResponseHeadersLength = 16, // KiB
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = anchors.CreatePolicy() },
        ConnectCallback = async (context, cancel) =>
        {
            var (addresses, _) = await dns.FindAddressesAsync(context.DnsEndPoint.Host, cancel);
            IPAddress[] allowed = [.. addresses.Where(mayCall)];
            if (allowed.Length == 0)
            {
                throw new IOException($"{context.DnsEndPoint.Host} has no public address");
            }

            var descriptor = descriptors.TryTakeOutgoing() ?? throw new IOException("this node has no descriptor left for another connection");
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancel);
                return new DescriptorStream(socket, descriptor);
            }
            catch
            {
                socket.Dispose();
                descriptor.Dispose();
                throw;
            }
        },
    };

    /// <summary>Fetches the policy that a domain serves now. It takes at most <see cref="Timeout"/> and throws only for the caller's cancellation.</summary>
    /// <param name="domain">Canonical.</param>
    /// <param name="cancel">Ends the attempt.</param>
    public async Task<MtaStsFetch> FetchAsync(string domain, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            return Uri.TryCreate(AddressOf(domain), UriKind.Absolute, out var address) ? await FetchAsync(address, either.Token) : Failed("its address is not a URL");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Failed("the server did not answer in time");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            return Failed((e.InnerException ?? e).Message.TrimEnd('.'));
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<MtaStsFetch> FetchAsync(Uri address, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return Failed($"the server answered {(int)response.StatusCode}");
        }

        if (response.Content.Headers.ContentType?.MediaType is not { } type || !type.Equals(MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return Failed($"the server's answer is not {MediaType}");
        }

        // One octet more than a policy may have shows that it is too long.
        var body = new byte[MtaStsPolicy.MaxLength + 1];
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel);
        var policy = MtaStsPolicy.Read(body.AsSpan(0, length), out var fault);
        return new MtaStsFetch(policy, fault);
    }

    // The framework quotes what the server sent, such as an invalid status line, and the fault goes into a log line.
    private static MtaStsFetch Failed(string fault) => new(null, string.Concat(fault.Take(MaxFault).Select(c => c is >= ' ' and <= '~' ? c : '?')));
}
