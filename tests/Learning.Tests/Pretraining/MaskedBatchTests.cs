using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Pretraining;
using EdgeFlora.Learning.Tests.Models;

namespace EdgeFlora.Learning.Tests.Pretraining;

public sealed class MaskedBatchTests
{
    private static readonly BaseModel Model = TinyBert.Load();

    [Fact]
    public void Fifteen_percent_are_targets_of_which_four_fifths_show_the_mask_and_special_tokens_are_spared()
    {
        var tokenizer = TinyBert.Tokenizer();
        int[] original = tokenizer.Encode(string.Join(' ', Enumerable.Repeat("cat", 100)), null, 102);
        var batch = new MaskedBatch(tokenizer);

        batch.Draw([original], new int[200], new SeededRandom(2));

        Assert.Equal(200 * 15, batch.TargetCount);
        int masked = batch.Sequences.Sum(sequence => sequence.Count(id => id == tokenizer.MaskId));
        int kept = 0;
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(original[0], batch.Sequences[i][0]);
            Assert.Equal(original[^1], batch.Sequences[i][^1]);
            foreach ((int position, int word) in batch.Targets(i))
            {
                Assert.Equal(original[position], word);
                kept += batch.Sequences[i][position] == word ? 1 : 0;
            }
        }

        // Binomial with 3000 draws: four deviations are 88 and 66. One random word in 21 is the mask or the word itself.
        Assert.InRange(masked, 2400 + 14 - 88, 2400 + 14 + 88);
        Assert.InRange(kept, 300 + 14 - 66, 300 + 14 + 66);
    }

    [Fact]
    public void The_shortest_sentence_has_one_target_and_the_source_is_not_changed()
    {
        int[] original = Model.Tokenizer.Encode("dog", null, 12);
        int[] before = [.. original];
        var batch = new MaskedBatch(TinyBert.Tokenizer());

        batch.Draw([original], [0], new SeededRandom(2));

        Assert.Equal(1, batch.TargetCount);
        Assert.Equal(before, original);
    }
}
