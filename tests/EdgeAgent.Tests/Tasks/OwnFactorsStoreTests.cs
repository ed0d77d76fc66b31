using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
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

    private static byte[] Bytes(LoraAdapter adapter) => AdapterCodec.Parse("fp32").Encode(adapter);

    private OwnFactorsStore Open() => new(folder.Path, NullLogger.Instance);
}
