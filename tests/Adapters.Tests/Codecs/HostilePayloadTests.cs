using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Adapters.Tests.Codecs;

public sealed class HostilePayloadTests
{
    [Theory]
    [InlineData("fp32", false)]
    [InlineData("fp16", false)]
    [InlineData("bf16", true)]
    [InlineData("int8", true)]
    [InlineData("int4", true)]
    [InlineData("topk:10", true)]
    [InlineData("int8", true, true)]
    public void A_damaged_payload_gives_a_refusal_or_a_finite_adapter_of_the_expected_shape(string codec, bool difference, bool leavesOut = false)
    {
        LoraAdapter adapter = SampleAdapter.Create(seed: 1, AdapterVariant.Dora);
        AdapterShape shape = AdapterShape.Of(adapter);
        AdapterReference? reference = difference ? new AdapterReference(SampleAdapter.Create(seed: 2, AdapterVariant.Dora)) : null;
        var leftOut = new FrozenFactors(leavesOut ? [.. adapter.Modules.Keys.Take(1)] : [], []);
        if (leavesOut)
        {
            reference!.Adapter.Modules.Values.First().A.Values.CopyTo(adapter.Modules.Values.First().A.Values);
        }

        byte[] good = AdapterCodec.Parse(codec).Encode(adapter, reference, leftOut);
        int header = good.AsSpan().IndexOf("classifier.weight"u8) + "classifier.weight".Length + 9;
        var random = new Random(7);
        int refused = 0;

        for (int trial = 0; trial < 1500; trial++)
        {
            byte[] bad = Damage(good, header, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                LoraAdapter decoded = AdapterPayload.Decode(bad, shape, reference);
                Assert.Null(AdapterShape.Of(decoded).DifferenceFrom(shape));
                Assert.All(
                    SampleAdapter.Tensors(decoded), t => Assert.True(System.Numerics.Tensors.TensorPrimitives.IsFiniteAll<float>(t.Values.Span)));
            }
            catch (AdapterFormatException)
            {
                refused++;
            }

            // Shape and adapter once each, messages, and the exception: nothing in proportion to a claim.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (8 * shape.ParameterCount) + 200_000);
        }

        Assert.InRange(refused, 500, 1499);
    }

    private static byte[] Damage(byte[] good, int header, Random random)
    {
        byte[] bad = [.. good];
        switch (random.Next(5))
        {
            case 0:
                return bad[..random.Next(bad.Length)];
            case 1:
                return [.. bad, (byte)random.Next(256)];
            case 2: // the header is a small part of the payload, yet holds all the claims
                bad[random.Next(header)] ^= (byte)(1 << random.Next(8));
                return bad;
            case 3:
                bad[random.Next(header)] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;
                return bad;
            default:
                for (int i = 0; i < 8; i++)
                {
                    bad[random.Next(header, bad.Length)] = (byte)random.Next(256);
                }

                return bad;
        }
    }
}
