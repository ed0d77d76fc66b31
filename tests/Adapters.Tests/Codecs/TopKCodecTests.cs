using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Adapters.Tests.Codecs;

public sealed class TopKCodecTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(99)]
    public void The_largest_changes_are_kept_and_the_rest_is_as_in_the_reference(int percent)
    {
        LoraAdapter zero = AdapterShape.Of(SampleAdapter.Create(seed: 1)).CreateZero();
        LoraAdapter adapter = SampleAdapter.Create(seed: 1);
        var reference = new AdapterReference(zero);

        LoraAdapter decoded = AdapterPayload.Decode(AdapterCodec.Parse($"topk:{percent}").Encode(adapter, reference), reference.Shape, reference);

        foreach (((_, Memory<float> values), (_, Memory<float> actual)) in SampleAdapter.Tensors(adapter).Zip(SampleAdapter.Tensors(decoded)))
        {
            float[] expected = values.ToArray();
            int count = (int)Math.Ceiling(expected.Length * percent / 100.0);
            HashSet<int> kept = [.. Enumerable.Range(0, expected.Length).OrderByDescending(i => MathF.Abs(expected[i])).Take(count)];
            for (int i = 0; i < expected.Length; i++)
            {
                // A kept value has the error of int8 for magnitudes up to 0.1; see BlockScale for the 2⁻⁷.
                double tolerance = kept.Contains(i) ? 0.1 / 127 * (1 + Math.ScaleB(1, -7)) / 2 : 0;
                Assert.InRange(actual.Span[i] - (kept.Contains(i) ? expected[i] : 0), -tolerance, tolerance);
            }
        }
    }

    [Fact]
    public void Among_equal_magnitudes_the_earlier_is_kept()
    {
        LoraAdapter adapter = AdapterShape.Of(SampleAdapter.Create(seed: 1)).CreateZero();
        var reference = new AdapterReference(adapter.Clone());
        float[] weights = adapter.Saved["classifier.weight"].Values; // 96 values, of which ten in a hundred are 10
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = i % 2 == 0 ? 1 : -1;
        }

        LoraAdapter decoded = AdapterPayload.Decode(AdapterCodec.Parse("topk:10").Encode(adapter, reference), reference.Shape, reference);

        Assert.Equal(Enumerable.Range(0, 10), Enumerable.Range(0, 96).Where(i => decoded.Saved["classifier.weight"].Values[i] != 0));
    }

    [Fact]
    public void An_adapter_itself_is_refused_for_most_of_it_would_be_dropped() =>
        Assert.Throws<ArgumentException>(() => AdapterCodec.Parse("topk:10").Encode(SampleAdapter.Create(seed: 1)));
}
