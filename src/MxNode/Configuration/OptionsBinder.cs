using System.Collections;
using System.Reflection;

namespace ThrottleNet.MxNode.Configuration;

/// <summary>
/// Fills immutable option records from configuration keys by property name. The framework's binder stops at the first
/// unknown key and at the first value it cannot read; an operator wants them all, each with what would be right.
/// </summary>
internal static class OptionsBinder
{
    public static T Bind<T>(IConfiguration root, List<string> errors)
        where T : new() => (T)BindRecord(new T(), root, "", errors);

    // A key that the configuration leaves out keeps its default. A section within a section may have defaults of its own.
    private static object BindRecord(object defaults, IConfiguration section, string path, List<string> errors)
    {
        var record = Activator.CreateInstance(defaults.GetType())!;
        var properties = defaults.GetType().GetProperties().Where(p => p.CanWrite).ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var property in properties.Values)
        {
            property.SetValue(record, property.GetValue(defaults));
        }

        foreach (var child in section.GetChildren())
        {
            var key = path.Length == 0 ? child.Key : $"{path}:{child.Key}";
            if (!properties.TryGetValue(child.Key, out var property))
            {
                errors.Add($"{key}: unknown key; {Nearest(child.Key, properties.Values.Select(p => p.Name))}");
            }
            else if (BindValue(property.PropertyType, new NullabilityInfoContext().Create(property), property.GetValue(defaults), child, key, errors) is { Ok: true } bound)
            {
                property.SetValue(record, bound.Value);
            }
        }

        return record;
    }

    private static (bool Ok, object? Value) BindValue(Type type, NullabilityInfo nullability, object? defaults, IConfigurationSection section, string key, List<string> errors)
    {
        var hasChildren = section.GetChildren().Any();

        // The environment and --set cannot write null; where there may be none, an empty text says so.
        if (string.IsNullOrEmpty(section.Value) && !hasChildren && nullability.WriteState == NullabilityState.Nullable)
        {
            return (true, null);
        }

        type = Nullable.GetUnderlyingType(type) ?? type;
        if (section.Value is null && !hasChildren && !IsObject(type))
        {
            errors.Add($"{key}: is null; leave the key out for its default");
            return (false, null);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            return BindList(type.GetGenericArguments()[0], section, key, errors);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            return BindDictionary(type.GetGenericArguments()[1], section, key, errors);
        }

        if (!ScalarReader.CanRead(type))
        {
            if (section.Value is { Length: > 0 })
            {
                errors.Add($"{key}: is a value; write an object with {string.Join(", ", type.GetProperties().Where(p => p.CanWrite).Select(p => p.Name))}");
            }

            return (true, BindRecord(defaults!, section, key, errors));
        }

        if (hasChildren)
        {
            errors.Add($"{key}: is a list or an object; write one value: {ScalarReader.Example(type)}");
            return (false, null);
        }

        return ReadScalar(type, section.Value!, key, errors);
    }

    // The JSON reader gives null for {}, which says nothing and is no fault.
    private static bool IsObject(Type type) =>
        !ScalarReader.CanRead(type) && !(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>));

    // A list is a JSON array, Key__0 and on in the environment, or one text with commas (which then replaces the file's list).
    private static (bool Ok, object? Value) BindList(Type element, IConfigurationSection section, string key, List<string> errors)
    {
        var values = section.Value is { Length: > 0 } text
            ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(v => (Key: key, Value: (string?)v))
            : section.GetChildren().Select(c => (Key: $"{key}:{c.Key}", c.Value));
        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        var ok = true;
        foreach (var (at, value) in values)
        {
            var (read, item) = ReadScalar(element, value ?? "", at, errors);
            ok &= read;
            if (read)
            {
                list.Add(item);
            }
        }

        return (ok, list);
    }

    private static (bool Ok, object? Value) BindDictionary(Type element, IConfigurationSection section, string key, List<string> errors)
    {
        var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), element), StringComparer.OrdinalIgnoreCase)!;
        var ok = true;
        foreach (var child in section.GetChildren())
        {
            var (read, item) = ReadScalar(element, child.Value ?? "", $"{key}:{child.Key}", errors);
            ok &= read;
            if (read)
            {
                dictionary.Add(child.Key, item);
            }
        }

        return (ok, dictionary);
    }

    private static (bool Ok, object? Value) ReadScalar(Type type, string text, string key, List<string> errors)
    {
        if (ScalarReader.TryRead(type, text, out var value))
        {
            return (true, value);
        }

        errors.Add($"{key}: \"{text}\" cannot be read; write {ScalarReader.Example(type)}");
        return (false, null);
    }

    private static string Nearest(string key, IEnumerable<string> known)
    {
        var names = known.ToList();
        var best = names.MinBy(n => Distance(key.ToUpperInvariant(), n.ToUpperInvariant()))!;
        return Distance(key.ToUpperInvariant(), best.ToUpperInvariant()) <= Math.Max(2, best.Length / 3)
            ? $"did you mean {best}?"
            : $"known here: {string.Join(", ", names)}";
    }

    // Levenshtein, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
