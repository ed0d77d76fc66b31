using EdgeFlora.EdgeAgent.Configuration;

namespace EdgeFlora.EdgeAgent.Tests.Configuration;

/// <summary>What holds, shown to people.</summary>
public sealed class EffectiveSettingsTests : IDisposable
{
    private readonly SettingsFixture settings = new();

    public void Dispose() => settings.Dispose();

    [Fact]
    public void What_holds_is_shown_with_its_origin_and_without_secrets()
    {
        settings.Environment["EDGEFLORA_AGENT__BROKER__PASSWORD"] = "geheim";
        settings.Environment["EDGEFLORA_AGENT__BROKER__URL"] = "amqp://farm:geheim@broker/";
        settings.Give("limits:threads", "5", "--threads");

        IReadOnlyList<EffectiveSetting> shown = settings.Load("name: a\ndata:\n  - file: a.jsonl\n").Effective();

        string[] lines = [.. shown.Select(setting => $"{setting.Name} = {setting.Value} ({setting.Origin})".Replace(
            settings.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal))];
        Assert.Contains("name = a (agent.yaml:1)", lines);
        Assert.Contains("data[0].file = a.jsonl (agent.yaml:3)", lines);
        Assert.Contains("data[0].heldOutFraction = 0.2 (default)", lines);
        Assert.Contains("limits.threads = 5 (--threads)", lines);
        Assert.Contains("broker.password = (hidden) (environment variable EDGEFLORA_AGENT__BROKER__PASSWORD)", lines);
        Assert.Contains("broker.url = amqp://farm:(hidden)@broker/ (environment variable EDGEFLORA_AGENT__BROKER__URL)", lines);
        Assert.DoesNotContain(lines, line => line.Contains("geheim", StringComparison.Ordinal));
    }
}
