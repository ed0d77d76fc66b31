using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Transport.Tests.Blobs;

public sealed class ChunkPaceTests
{
    [Fact]
    public void At_8_kB_a_second_chunks_stay_the_smallest()
    {
        var pace = new ChunkPace();

        pace.Came(16 * ChunkPace.Least, TimeSpan.FromSeconds(33));

        Assert.Equal(16 << 10, pace.Size);
    }

    [Fact]
    public void On_a_quick_link_they_reach_the_largest_in_three_steps_and_not_in_one()
    {
        var pace = new ChunkPace();
        List<int> sizes = [];
        for (int i = 0; i < 4; i++)
        {
            pace.Came(16L * pace.Size, TimeSpan.FromMilliseconds(20));
            sizes.Add(pace.Size);
        }

        Assert.Equal([64 << 10, 256 << 10, 1 << 20, 1 << 20], sizes);
    }

    [Fact]
    public void A_link_that_becomes_slow_gets_small_ones_at_once()
    {
        var pace = new ChunkPace();
        for (int i = 0; i < 4; i++)
        {
            pace.Came(16L * pace.Size, TimeSpan.FromMilliseconds(20));
        }

        pace.Came(16L * pace.Size, TimeSpan.FromSeconds(200));

        Assert.Equal(32 << 10, pace.Size);
    }
}
