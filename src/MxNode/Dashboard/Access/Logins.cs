using System.Security.Cryptography;
using System.Text;

namespace ThrottleNet.MxNode.Dashboard.Access;

/// <summary>
/// The browsers that are logged in, and the tokens of forms. A login has a random id, which its browser keeps in a cookie; the node keeps the id's hash.
/// Bounded: <see cref="MaxLogins"/> logins, of which the oldest gives way. Thread-safe.
/// </summary>
internal sealed class Logins(TimeProvider time)
{
    /// <summary>How long a login lasts.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromHours(12);

    private const int MaxLogins = 100;
    private const int IdOctets = 32;

    private readonly Dictionary<string, long> _logins = [];
    private readonly byte[] _formKey = RandomNumberGenerator.GetBytes(IdOctets);
    private readonly Lock _lock = new();

    /// <summary>Logs a browser in.</summary>
    /// <returns>The id for its cookie.</returns>
    public string Open()
    {
        var id = Convert.ToHexString(RandomNumberGenerator.GetBytes(IdOctets));
        lock (_lock)
        {
            if (_logins.Count >= MaxLogins)
            {
                _logins.Remove(_logins.MinBy(pair => pair.Value).Key);
            }

            _logins[HashOf(id)] = time.GetTimestamp();
        }

        return id;
    }

    /// <summary>Whether a cookie's id is that of a browser that is logged in.</summary>
    public bool IsOpen(string? id)
    {
        if (id is not { Length: 2 * IdOctets })
        {
            return false;
        }

        lock (_lock)
        {
            return _logins.TryGetValue(HashOf(id), out var since) && time.GetElapsedTime(since) < Term;
        }
    }

    /// <summary>Logs a browser out.</summary>
    public void Close(string? id)
    {
        lock (_lock)
        {
            _logins.Remove(HashOf(id ?? ""));
        }
    }

    /// <summary>The token that each form of a browser's pages carries: a page of another site cannot know it.</summary>
    /// <param name="id">Of its cookie; null without a login.</param>
    public string FormToken(string? id) => Convert.ToHexString(HMACSHA256.HashData(_formKey, Encoding.UTF8.GetBytes(id ?? "")));

    /// <summary>Whether a form came from a page that this node gave to the same browser. Compares in constant time.</summary>
    public bool IsFormToken(string? id, string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(FormToken(id)), Encoding.UTF8.GetBytes(token));

    private static string HashOf(string id) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
