using EdgeFlora.Adapters.Peft;

namespace EdgeFlora.Adapters.Tests.Peft;

public sealed class BaseModelNameTests
{
    [Theory]
    [InlineData("tiny-bert", "/home/anna/models/tiny-bert", true)]
    [InlineData("/home/anna/models/tiny-bert/", "/data/hub/tiny-bert", true)]
    [InlineData("C:\\models\\tiny-bert", "./tiny-bert", true)]
    [InlineData("owner/Tiny-BERT", "tiny-bert", true)]
    [InlineData("owner/tiny-bert", "/root/.cache/huggingface/hub/models--owner--tiny-bert/snapshots/0a1b2c", true)]
    [InlineData("tiny-bert", "other-bert", false)]
    [InlineData("/models/tiny-bert", "/models/bert", false)]
    [InlineData("/models/7b/model", "/models/7b", false)]
    public void Names_that_differ_by_their_path_only_may_mean_one_model(string one, string other, bool same)
    {
        Assert.Equal(same, BaseModelName.MayBeSame(one, other));
        Assert.Equal(same, BaseModelName.MayBeSame(other, one));
    }
}
