using Microsoft.Extensions.Configuration;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>One source of settings as a layer of Microsoft.Extensions.Configuration that remembers where each value was given.</summary>
internal sealed class GivenSettings(IReadOnlyList<GivenSetting> settings) : ConfigurationProvider, IConfigurationSource
{
    private readonly Dictionary<string, SettingOrigin> origins = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<GivenSetting> All => settings;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load()
    {
        foreach (GivenSetting setting in settings)
        {
            Set(setting.Key, setting.Value);
            origins[setting.Key] = setting.Origin;
        }
    }

    public SettingOrigin OriginOf(string key) => origins[key];
}
