using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Hosting.Supervision;
using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>
/// Reads a running node's configuration again, and puts in force what can change without a restart. A configuration with errors changes nothing.
/// Thread-safe.
/// </summary>
/// <param name="source">The configuration of the start, and how it is read again.</param>
/// <param name="sections">The sections that can change.</param>
/// <param name="files">The files beside the configuration.</param>
/// <param name="notices">Tells the service manager when a reload begins and ends.</param>
/// <param name="log">Gets each change, and each error.</param>
internal sealed class ConfigurationReloader(
    ConfigurationSource source, IEnumerable<ILiveSection> sections, IEnumerable<ReloadedFile> files, ServiceNotices notices, ILogger<ConfigurationReloader> log)
{
    private readonly Lock _lock = new();
    private NodeConfiguration _inForce = source.Started;

    /// <summary>Reads the configuration again.</summary>
    /// <returns>Whether it had no errors, and is in force as far as it can be.</returns>
    public bool Reload()
    {
        lock (_lock)
        {
            notices.Reloading();
            try
            {
                return Apply(source.Read());
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                log.ReloadFailed(OrdinaryFault.ReasonOf(e), OrdinaryFault.TraceOf(e));
                return false;
            }
            finally
            {
                notices.Reloaded();
            }
        }
    }

    private bool Apply(ConfigurationResult read)
    {
        if (read.Configuration is not { } wanted)
        {
            return Refuse(read.Errors);
        }

        var changes = ConfigurationComparison.Compare(_inForce, wanted);

        // New values may contradict old ones that stay until a restart.
        if (changes.Effective.Validate().ToList() is { Count: > 0 } contradictions)
        {
            return Refuse([.. contradictions.Select(error => $"{error} (together with settings that need a restart)")]);
        }

        Replace(changes.Effective);
        foreach (var line in changes.Applied)
        {
            log.SettingChanged(line);
        }

        foreach (var line in changes.NeedRestart)
        {
            log.SettingNeedsRestart(line);
        }

        foreach (var file in files)
        {
            file.Read();
        }

        log.Reloaded(changes.Applied.Count, changes.NeedRestart.Count);
        return true;
    }

    private void Replace(NodeConfiguration effective)
    {
        foreach (var property in typeof(NodeConfiguration).GetProperties().Where(p => p.CanWrite))
        {
            var options = property.GetValue(effective)!;
            if (!ReferenceEquals(options, property.GetValue(_inForce)))
            {
                // A section whose feature is off has no readers.
                sections.FirstOrDefault(section => section.OptionsType == property.PropertyType)?.Replace(options);
            }
        }

        _inForce = effective;
    }

    private bool Refuse(IReadOnlyList<string> errors)
    {
        foreach (var error in errors)
        {
            log.ReloadError(error);
        }

        log.NotReloaded(errors.Count);
        return false;
    }
}
