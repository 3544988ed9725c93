using System.Text;

namespace ThrottleNet.TrustList.Statements;

/// <summary>Reads <c>name=value</c> fields from a line in a fixed order. Throws <see cref="FormatException"/> where the line has something else.</summary>
internal ref struct FieldReader(string line)
{
    private ReadOnlySpan<char> _rest = line;

    public void Expect(string word)
    {
        if (!_rest.StartsWith(word, StringComparison.Ordinal))
        {
            throw new FormatException($"it does not begin with {word}");
        }

        _rest = _rest[word.Length..];
    }

    public ReadOnlySpan<char> Required(string name)
    {
        var value = Optional(name);
        return value.IsEmpty ? throw new FormatException($"the field {name} is missing") : value;
    }

    /// <summary>The value up to the next space; empty when the next field is another.</summary>
    public ReadOnlySpan<char> Optional(string name)
    {
        if (!TakeName(name))
        {
            return [];
        }

        var end = _rest.IndexOf(' ');
        var value = end < 0 ? _rest : _rest[..end];
        _rest = _rest[value.Length..];
        return value;
    }

    /// <summary>A text in quotes; "" when the next field is another.</summary>
    public string Quoted(string name)
    {
        if (!TakeName(name))
        {
            return "";
        }

        if (_rest.IsEmpty || _rest[0] != '"')
        {
            throw new FormatException($"the field {name} is not in quotes");
        }

        var text = new StringBuilder();
        for (var i = 1; i < _rest.Length; i++)
        {
            if (_rest[i] == '"')
            {
                _rest = _rest[(i + 1)..];
                return text.ToString();
            }

            i += _rest[i] == '\\' && i + 1 < _rest.Length ? 1 : 0;
            text.Append(_rest[i]);
        }

        throw new FormatException($"the field {name} has no closing quote");
    }

    /// <summary>As <see cref="Quoted"/>, and nothing may follow.</summary>
    public string QuotedLast(string name)
    {
        var value = Quoted(name);
        return _rest.IsEmpty ? value : throw new FormatException($"a field that is not known, or not in its place: {_rest.TrimStart(' ')}");
    }

    private bool TakeName(string name)
    {
        if (_rest.Length < name.Length + 2 || _rest[0] != ' ' || !_rest[1..].StartsWith(name, StringComparison.Ordinal) || _rest[name.Length + 1] != '=')
        {
            return false;
        }

        _rest = _rest[(name.Length + 2)..];
        return true;
    }
}
