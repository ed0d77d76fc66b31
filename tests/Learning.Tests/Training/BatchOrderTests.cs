using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Training;

public sealed class BatchOrderTests
{
    [Fact]
    public void Every_epoch_visits_each_example_once_in_another_order()
    {
        var order = new BatchOrder(examples: 10, seed: 4);
        int[] drawn = [.. Enumerable.Range(0, 5).SelectMany(step => Batch(order, step, size: 4))];

        Assert.Equal(Enumerable.Range(0, 10), drawn[..10].Order());
        Assert.Equal(Enumerable.Range(0, 10), drawn[10..].Order());
        Assert.NotEqual(drawn[..10], drawn[10..]);
    }

    [Fact]
    public void A_step_asked_for_out_of_turn_gives_the_same_examples()
    {
        var order = new BatchOrder(examples: 10, seed: 4);
        int[] first = Batch(order, 1, size: 4);

        Batch(order, 7, size: 4);

        Assert.Equal(first, Batch(order, 1, size: 4));
        Assert.Equal(first, Batch(new BatchOrder(examples: 10, seed: 4), 1, size: 4));
        Assert.NotEqual(first, Batch(new BatchOrder(examples: 10, seed: 5), 1, size: 4));
    }

    [Fact]
    public void A_batch_larger_than_the_data_takes_examples_again()
    {
        int[] batch = Batch(new BatchOrder(examples: 3, seed: 1), 0, size: 9);

        Assert.All(Enumerable.Range(0, 3), example => Assert.Equal(3, batch.Count(drawn => drawn == example)));
    }

    private static int[] Batch(BatchOrder order, int step, int size)
    {
        int[] batch = new int[size];
        order.Fill(step, batch);
        return batch;
    }
}
