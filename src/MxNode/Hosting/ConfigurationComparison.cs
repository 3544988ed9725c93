using System.Collections;
using System.Reflection;
using ThrottleNet.MxNode.Configuration;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>Compares two configurations setting by setting, and merges them by <see cref="ReloadableAttribute"/>.</summary>
internal static class ConfigurationComparison
{
    public static ConfigurationChanges Compare(NodeConfiguration inForce, NodeConfiguration wanted)
    {
        var (applied, needRestart) = (new List<string>(), new List<string>());
        var effective = new NodeConfiguration();
        foreach (var section in Settings(typeof(NodeConfiguration)))
        {
            section.SetValue(effective, Merge(section.Name, section.GetValue(inForce)!, section.GetValue(wanted)!, applied, needRestart));
        }

        return new ConfigurationChanges(effective, applied, needRestart);
    }

    // The section in force itself where nothing of it changes, so that its readers are not disturbed.
    private static object Merge(string name, object inForce, object wanted, List<string> applied, List<string> needRestart)
    {
        var merged = Activator.CreateInstance(inForce.GetType())!;
        var changes = false;
        foreach (var setting in Settings(inForce.GetType()))
        {
            var (before, after) = (setting.GetValue(inForce), setting.GetValue(wanted));
            var isApplied = CanApply(setting, before, after);
            if (SettingDifference.Describe($"{name}:{setting.Name}", before, after) is { Count: > 0 } lines)
            {
                changes |= isApplied;
                (isApplied ? applied : needRestart).AddRange(lines);
            }

            setting.SetValue(merged, isApplied ? after : before);
        }

        return changes ? merged : inForce;
    }

    private static IEnumerable<PropertyInfo> Settings(Type options) => options.GetProperties().Where(property => property.CanWrite);

    private static bool CanApply(PropertyInfo setting, object? before, object? after) =>
        setting.GetCustomAttribute<ReloadableAttribute>() is { } reloadable
        && (!reloadable.UnlessEmpty || (before is ICollection { Count: > 0 } && after is ICollection { Count: > 0 }));
}
