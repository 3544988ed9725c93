using System.Buffers;
using System.Text;

namespace ThrottleNet.Protocol.Postfix;

/// <summary>The outcome of an attempt to read a policy request.</summary>
public enum PolicyStatus
{
    /// <summary>The empty line that ends the request has not arrived, and the cap is not reached.</summary>
    NeedMore,

    /// <summary>A request was read.</summary>
    Request,

    /// <summary>The request has ended and is malformed: a line without a name, a name twice, a NUL, too many lines, or no line.</summary>
    Malformed,

    /// <summary>The request does not end within the cap.</summary>
    TooLong,
}

/// <summary>A request of Postfix's policy protocol (SMTPD_POLICY_README, "Protocol description"): lines name=value, then an empty line.</summary>
public sealed class PolicyRequest
{
    /// <summary>Octets of the longest request. Postfix sends one or two thousand; a value from the client has at most 2,048.</summary>
    public const int MaxOctets = 16 * 1024;

    /// <summary>The most attributes: Postfix sends some 35.</summary>
    public const int MaxAttributes = 100;

    private readonly Dictionary<string, string> _attributes;

    private PolicyRequest(Dictionary<string, string> attributes) => _attributes = attributes;

    private static ReadOnlySpan<byte> End => "\n\n"u8;

    /// <summary>The value of an attribute; "" for a missing one, which by the protocol means the same.</summary>
    public string this[string name] => _attributes.GetValueOrDefault(name, "");

    /// <summary>
    /// Reads a request. Pure: the outcome depends on the octets alone, not on how they arrive. With Request and Malformed it consumes the
    /// request with its end; with NeedMore and TooLong it consumes nothing.
    /// </summary>
    /// <param name="buffer">The octets at hand; afterwards the octets that were not consumed.</param>
    /// <param name="request">The request; null unless the status is Request. Values are read as UTF-8; invalid octets become U+FFFD.</param>
    public static PolicyStatus TryRead(ref ReadOnlySequence<byte> buffer, out PolicyRequest? request)
    {
        request = null;
        var reader = new SequenceReader<byte>(buffer.Length > MaxOctets ? buffer.Slice(0, MaxOctets) : buffer);

        // A request without attributes is an empty line alone.
        if (reader.TryPeek(out var first) && first == '\n')
        {
            buffer = buffer.Slice(1);
            return PolicyStatus.Malformed;
        }

        if (!reader.TryReadTo(out ReadOnlySequence<byte> lines, End))
        {
            return buffer.Length >= MaxOctets ? PolicyStatus.TooLong : PolicyStatus.NeedMore;
        }

        buffer = buffer.Slice(reader.Position);
        request = Parse(lines);
        return request is null ? PolicyStatus.Malformed : PolicyStatus.Request;
    }

    private static PolicyRequest? Parse(ReadOnlySequence<byte> octets)
    {
        var text = Encoding.UTF8.GetString(octets);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range);
            var equals = line.IndexOf('=');
            if (equals < 1 || attributes.Count == MaxAttributes || !attributes.TryAdd(line[..equals].ToString(), line[(equals + 1)..].ToString()))
            {
                return null;
            }
        }

        return new PolicyRequest(attributes);
    }
}
