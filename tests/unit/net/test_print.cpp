// What people read: tables of networks and plans.
#include <catch2/catch.hpp>
#include <tuneit/recipe.hpp>

using namespace tuneit;

TEST_CASE("a network prints as a table of its blocks") {
  const std::string text = print<ResNet18>();
  CHECK(text.find("ResNet18: 11,689,512 parameters") == 0);
  CHECK(text.find("layer4  512 x 7 x 7     8,393,728") != std::string::npos);
  CHECK(print<ResNet18>(64).find("layer4  512 x 2 x 2") != std::string::npos);
}

TEST_CASE("a recipe explains itself, block by block") {
  using R = Finetune<ResNet18, ReplaceHead<2>, Freeze<Layers<0, 3>>, LrScale<Head, 10>, AdamW<Lr<3e-4>>, CosineLr>;
  const std::string text = explain<R>();
  CAPTURE(text);
  CHECK(text.find("Plan: ResNet18, 2 classes, pictures of 224 x 224") == 0);
  CHECK(text.find("trains 10,494,466 of 11,177,538 parameters") != std::string::npos);
  CHECK(text.find("AdamW, rate 0.0003, weight decay 0.01; schedule CosineLr") != std::string::npos);
  CHECK(text.find("525,568  frozen") != std::string::npos);
  CHECK(text.find("0.003   0.01             -  random") != std::string::npos);  // the head: rate, decay, no batch norm
}

TEST_CASE("run-time numbers reach the explanation") {
  using R = Finetune<ResNet18, ReplaceHead<Dynamic>>;
  Settings s = defaults<R>();
  s.classes = 7;
  s.optimizer.lr = 0.5;
  s.label_smoothing = 0.1;
  const std::string text = explain<R>(s);
  CHECK(text.find("7 classes") != std::string::npos);
  CHECK(text.find("rate 0.5") != std::string::npos);
  CHECK(text.find("label smoothing 0.1") != std::string::npos);
}

TEST_CASE("type names are what a person would write") {
  CHECK(type_name<Freeze<Layers<0, 3>>>() == "Freeze<Layers<0, 3>>");
  CHECK(type_name<Layer<"layer4", "fc">>() == "Layer<\"layer4\", \"fc\">");
  CHECK(type_name<ResNet18>() == "ResNet18");
  CHECK(type_name<StepLr<Epochs<7>, 0.1>>() == "StepLr<Epochs<7>, 0.1>");
  CHECK(type_name<Sgd<Lr<1e-5>, Momentum<0.9>>>() == "Sgd<Lr<1e-05>, Momentum<0.9>>");
}
