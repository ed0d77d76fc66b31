using System.Runtime.Versioning;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Doctor;
using EdgeFlora.Cli.Doctor.Device;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Tests.Doctor;

/// <summary>The folder of fetched models, well and ill.</summary>
public sealed class ModelCacheCheckTests : IDisposable
{
    private readonly DeviceFixture device = new();
    private long free = 100_000_000_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Cache => device.In("cache");

    public void Dispose() => device.Dispose();

    [Fact]
    public async Task A_cache_that_is_not_there_yet_is_told_with_its_room_and_not_made()
    {
        Finding finding = await RunAsync();

        Assert.Equal((CheckOutcome.Ok, "0 models, 0.0 kB of 10.0 GB; there is room for one of 10.0 GB"), (finding.Outcome, finding.Text));
        Assert.False(Directory.Exists(Path.Combine(device.In("state"))));
    }

    [Fact]
    public async Task A_model_that_is_whole_is_counted_and_one_that_is_damaged_told_with_what_mends_it()
    {
        string model = await AddAsync();
        Assert.StartsWith("1 models, ", (await RunAsync()).Text, StringComparison.Ordinal);
        string weights = Path.Combine(Cache, model, "model.safetensors");
        using (FileStream stream = new(weights, FileMode.Open, FileAccess.ReadWrite))
        {
            stream.Seek(-1, SeekOrigin.End);
            int last = stream.ReadByte();
            stream.Seek(-1, SeekOrigin.End);
            stream.WriteByte((byte)(last ^ 1));
        }

        Finding damaged = await RunAsync();
        File.Delete(weights);
        Finding gone = await RunAsync();

        Assert.Equal(CheckOutcome.Failed, damaged.Outcome);
        Assert.StartsWith($"the model {model[..12]}… in {Cache} is damaged: its weights have the hash ", damaged.Text, StringComparison.Ordinal);
        Assert.Equal($"rm -r '{Path.Combine(Cache, model)}'; it is fetched again when a task asks for it", damaged.Mend);
        Assert.Equal((CheckOutcome.Failed, damaged.Mend), (gone.Outcome, gone.Mend));
    }

    [Fact]
    public async Task A_disk_that_is_smaller_than_the_limit_is_warned_of_and_a_full_one_fails()
    {
        free = 4_000_000_000;
        Finding small = await RunAsync();
        free = 1_000_000;
        Finding full = await RunAsync();

        Assert.Equal(CheckOutcome.Warning, small.Outcome);
        Assert.Equal(
            "0 models, 0.0 kB of 10.0 GB; there is room for one of 2.0 GB: its disk has 4.0 GB free, less than models.cache.limit allows",
            small.Text);
        Assert.StartsWith("lower models.cache.limit, or free some space", small.Mend, StringComparison.Ordinal);
        Assert.Equal(CheckOutcome.Failed, full.Outcome);
        Assert.StartsWith("free some space, or name a folder on another disk", full.Mend, StringComparison.Ordinal);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task What_others_may_enter_or_nobody_may_write_is_told()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("There are no such modes and folders elsewhere.");
            return;
        }

        await AddAsync();
        File.SetUnixFileMode(Cache, File.GetUnixFileMode(Cache) | UnixFileMode.GroupWrite);

        Finding open = await RunAsync();
        Finding closed = await RunAsync("/proc/self/cache");
        Finding file = await RunAsync(device.In("data.jsonl"));

        Assert.Equal((CheckOutcome.Failed, $"chmod -R go-rwx '{Cache}'"), (open.Outcome, open.Mend));
        Assert.Equal(CheckOutcome.Failed, closed.Outcome);
        Assert.StartsWith("/proc/self cannot be written: ", closed.Text, StringComparison.Ordinal);
        Assert.Contains("or name another folder with models.cache.folder", closed.Mend, StringComparison.Ordinal);
        Assert.Equal((CheckOutcome.Failed, "name a folder with models.cache.folder"), (file.Outcome, file.Mend));
    }

    /// <summary>On Windows, a letter that no drive has.</summary>
    [Fact]
    public async Task A_folder_on_a_drive_that_is_not_there_is_told_with_its_setting()
    {
        device.Agent = device.Agent with { ModelCache = new ModelCacheOptions { Folder = Cache } };

        Finding finding = await new ModelCacheCheck(device.Context, _ => free, exists: _ => false).RunAsync(Stop);

        Assert.Equal((CheckOutcome.Failed, $"{Cache} is on a drive that is not there"), (finding.Outcome, finding.Text));
        Assert.Equal("connect the drive, or name a folder on another one with models.cache.folder", finding.Mend);
    }

    [Fact]
    public async Task An_agent_that_fetches_none_needs_none()
    {
        device.Agent = device.Agent with { ModelCache = new ModelCacheOptions { Fetch = false } };

        Finding finding = await new ModelCacheCheck(device.Context, _ => free).RunAsync(Stop);

        Assert.Equal((CheckOutcome.NotTried, "fetches none (models.fetch is no)"), (finding.Outcome, finding.Text));
    }

    /// <summary>Puts the model that comes with EdgeFlora into the cache, as it is kept there.</summary>
    private async Task<string> AddAsync()
    {
        string model = await SafetensorsSet.HashAsync(ModelOption.EmbeddedFolder, Stop);
        PrivateFolder.Create(Path.Combine(Cache, model));
        foreach (string file in Directory.EnumerateFiles(ModelOption.EmbeddedFolder))
        {
            File.Copy(file, Path.Combine(Cache, model, Path.GetFileName(file)));
        }

        return model;
    }

    private Task<Finding> RunAsync(string? folder = null)
    {
        folder ??= Directory.Exists(Cache) ? Cache : null;
        device.Agent = device.Agent with { ModelCache = new ModelCacheOptions { Folder = folder } };
        return new ModelCacheCheck(device.Context, _ => free).RunAsync(Stop);
    }
}
