using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.EdgeAgent.Tasks;
using EdgeFlora.EdgeAgent.Tests.Given;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Tasks;

public sealed class OwnFactorsStoreTests : IDisposable
{
    private static readonly AdapterShape Shape = AdapterShape.Of(Offers.Global);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_counted_is_kept_to_the_bit_across_restarts()
    {
        Open().Stage(Offers.Run, "task", Offers.Trained(1));

        Assert.Null(Open().Load(Offers.Run, Shape));
        Open().Settle(Offers.Run, "task", counted: true);
        Open().Settle(Offers.Run, "task", counted: true);

        Assert.Equal(Bytes(Offers.Trained(1)), Bytes(Open().Load(Offers.Run, Shape)!));
        Assert.Null(Open().Load(Guid.NewGuid(), Shape));
    }

    [Fact]
    public void What_did_not_count_leaves_what_was_kept()
    {
        Open().Stage(Offers.Run, "first", Offers.Trained(1));
        Open().Settle(Offers.Run, "first", counted: true);
        Open().Stage(Offers.Run, "second", Offers.Trained(2));

        Open().Settle(Offers.Run, "second", counted: false);
        Open().Settle(Offers.Run, "second", counted: true);

        Assert.Equal(Bytes(Offers.Trained(1)), Bytes(Open().Load(Offers.Run, Shape)!));
    }

    [Fact]
    public void Any_damage_is_noticed_and_nothing_is_used()
    {
        Open().Stage(Offers.Run, "task", Offers.Trained(1));
        Open().Settle(Offers.Run, "task", counted: true);
        string file = Assert.Single(Directory.GetFiles(folder.In("own-factors")));
        byte[] whole = File.ReadAllBytes(file);
        for (int place = 0; place < whole.Length; place += 31)
        {
            byte[] flipped = [.. whole];
            flipped[place] ^= 1;
            File.WriteAllBytes(file, flipped);
            Assert.Null(Open().Load(Offers.Run, Shape));
            File.WriteAllBytes(file, whole[..place]);
            Assert.Null(Open().Load(Offers.Run, Shape));
        }

        File.WriteAllBytes(file, whole);
        Assert.NotNull(Open().Load(Offers.Run, Shape));
    }

    [Fact]
    public void What_is_kept_is_taken_out_as_a_PEFT_folder_with_its_labels()
    {
        var run = new Guid("22222222-2222-2222-2222-222222222222");
        Open().Stage(Offers.Run, "task", Offers.Trained(1));
        Open().Describe(Offers.Run, new OwnFactorsNote("tiny", Offers.Labels, null));
        Open().Stage(run, "task", Offers.Trained(2));
        Assert.Empty(OwnAdapterExport.Runs(folder.Path));
        Open().Settle(Offers.Run, "task", counted: true);
        Open().Settle(run, "task", counted: true);

        OwnAdapterExport.Write(folder.Path, Offers.Run, folder.In("out"));

        Assert.Equal([Offers.Run, run], OwnAdapterExport.Runs(folder.Path));
        Assert.Equal(Bytes(Offers.Trained(1)), Bytes(PeftFolder.Read(folder.In("out"))));
        Assert.Equal(Offers.Labels, PeftFolder.ReadLabels(folder.In("out")));
        OwnAdapterExport.Write(folder.Path, run, folder.In("without-note"));
        Assert.Equal(Bytes(Offers.Trained(2)), Bytes(PeftFolder.Read(folder.In("without-note"))));
    }

    [Fact]
    public void What_is_damaged_is_not_taken_out()
    {
        Open().Stage(Offers.Run, "task", Offers.Trained(1));
        Open().Settle(Offers.Run, "task", counted: true);
        string file = Assert.Single(Directory.GetFiles(folder.In("own-factors")));
        byte[] content = File.ReadAllBytes(file);
        content[50] ^= 1;
        File.WriteAllBytes(file, content);

        Assert.StartsWith(
            file,
            Assert.Throws<AdapterFormatException>(() => OwnAdapterExport.Write(folder.Path, Offers.Run, folder.In("out"))).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.In("out")));
    }

    private static byte[] Bytes(LoraAdapter adapter) => AdapterCodec.Parse("fp32").Encode(adapter);

    private OwnFactorsStore Open() => new(folder.Path, NullLogger.Instance);
}
