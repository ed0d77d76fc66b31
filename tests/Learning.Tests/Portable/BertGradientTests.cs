using EdgeFlora.Adapters;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Learning.Tests.Portable;

public sealed class BertGradientTests
{
    private static readonly BertConfig Tiny = new()
    {
        VocabularySize = 17,
        HiddenSize = 12,
        Layers = 2,
        Heads = 3,
        IntermediateSize = 20,
        MaxPositions = 8,
    };

    [Fact]
    public void Masked_language_loss_with_all_weights_trained() => GradientCheck.Run(new Masked(), classes: 17, checkedPerTensor: 4);

    [Theory]
    [InlineData(true, AdapterVariant.Lora)]
    [InlineData(false, AdapterVariant.Lora)]
    [InlineData(false, AdapterVariant.Dora)]
    [InlineData(false, AdapterVariant.Hira)]
    public void Classification_loss_with_adapters_in_the_upper_block(bool pooler, AdapterVariant variant)
    {
        string[] adapted =
        [
            "bert.encoder.layer.1.attention.self.query",
            "bert.encoder.layer.1.attention.self.value",
            "bert.encoder.layer.1.output.dense",
        ];
        GradientCheck.Run(new Classifier(pooler), classes: 12, adapted, checkedPerTensor: 4, variant);
    }

    private static TokenBatch Batch()
    {
        var batch = new TokenBatch();
        batch.Add([2, 9, 16, 5, 3], secondSegment: 5);
        batch.Add([2, 7, 3], secondSegment: 3);
        batch.Add([2, 7, 3, 11, 12, 3], secondSegment: 3);
        return batch;
    }

    private sealed class Masked : IGraph
    {
        private readonly BertModel model = new(Tiny, pooler: false);
        private readonly MaskedLanguageHead head;

        public Masked() => head = new MaskedLanguageHead(model, model.Layout);

        public ModelLayout Layout => model.Layout;

        public T Forward<T>(IOperations<T> ops) => head.Forward(ops, model.Encode(ops, Batch()), new[] { 1, 3, 6, 12 });
    }

    private sealed class Classifier(bool pooler) : IGraph
    {
        private readonly BertModel model = new(Tiny, pooler);

        public ModelLayout Layout => model.Layout;

        public T Forward<T>(IOperations<T> ops)
        {
            TokenBatch batch = Batch();
            return model.Pool(ops, model.Encode(ops, batch), batch);
        }
    }
}
