namespace EdgeFlora.Adapters.Tests;

public sealed class ModuleNamesTests
{
    [Theory]
    [InlineData("bert.layer.0.self.query", "query", true)]
    [InlineData("bert.layer.0.self.query", "self.query", true)]
    [InlineData("query", "query", true)]
    [InlineData("bert.layer.0.self.query", "uery", false)]
    [InlineData("query", "self.query", false)]
    public void A_target_is_matched_by_whole_components(string module, string target, bool expected) =>
        Assert.Equal(expected, ModuleNames.IsTarget(module, target));

    [Theory]
    [InlineData("classifier.weight", true)]
    [InlineData("model.classifier.out_proj.bias", true)]
    [InlineData("classifier", false)]
    [InlineData("preclassifier.weight", false)]
    [InlineData("dense.weight", false)]
    public void A_tensor_lies_in_a_saved_module_or_not(string tensor, bool expected) =>
        Assert.Equal(expected, ModuleNames.LiesIn(tensor, "classifier"));
}
